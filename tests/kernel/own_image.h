#pragma once

namespace kekkai::kernel_tests {

/// What a program does that runs init's own image inside a container (CVE-2019-5736): tries to open
/// it for writing, and sends a descriptor of it through descriptor 3, if there is one.
int misuse_own_image();

}  // namespace kekkai::kernel_tests
