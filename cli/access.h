// What a planned container lets its program do, in lists: told to people and programs, looked at by
// the lint, compared by --diff.
#pragma once

#include "plan.h"

#include <string>
#include <string_view>
#include <vector>

namespace kekkai::cli {

/// One kind of access and all that there is of it.
struct Access {
  std::string_view name;   ///< In JSON: "writes_host".
  std::string_view title;  ///< For people: "writes on the host".
  std::vector<std::string> items;
  std::string_view nothing;  ///< What stands for no items.
};

/// All kinds, in the order in which they are shown.
std::vector<Access> access_of(const Plan& plan, const RunOptions& options);

/// "ro nosuid nodev", or "rw".
std::string attributes_text(MountAttr attributes);
/// What a mount shows: "/srv/data" of the host, "tmpfs", "proc /sys".
std::string shown_by(const PlannedMount& mount);

}  // namespace kekkai::cli
