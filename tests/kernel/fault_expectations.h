// What has to come of a start in which one call failed.
#pragma once

#include "disturbed_start.h"

#include <string>
#include <vector>

namespace kekkai::kernel_tests {

/// Call `index` of init's `calls` failed with `error`; the container shows the folder `things`.
void expect_of_init(const std::vector<std::string>& calls, size_t index, int error,
                    const std::string& things, const DisturbedStart& outcome);
/// A call of the launcher's failed with `error`.
void expect_of_launcher(const std::string& call, int error, const DisturbedStart& outcome);

}  // namespace kekkai::kernel_tests
