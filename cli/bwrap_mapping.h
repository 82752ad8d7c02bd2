// A command line of bubblewrap as a container of ours.
#pragma once

#include "bwrap_options.h"
#include "bwrap_parser.h"
#include "bwrap_rules.h"

#include <kekkai/launcher/container.h>

namespace kekkai::cli {

/// The container that the options mean. Its first ops are those of BwrapOptions::steps, one each.
/// Throws BwrapError.
ContainerSettings make_bwrap_container(const BwrapOptions& options, const BwrapCaller& caller,
                                       const ReadDescriptor& read);

}  // namespace kekkai::cli
