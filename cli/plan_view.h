#pragma once

#include "plan.h"

#include <kekkai/simulation/fake_kernel.h>

namespace kekkai::cli {

/// Adds to a plan what init's process has come to: mounts, tree, sockets, program, directory.
void look_into(testing::FakeKernel& init, Plan& plan);

}  // namespace kekkai::cli
