// Random lists of ops over one host, for the comparison of Linux and the fake kernel.
#pragma once

#include <kekkai/ops/ops.h>
#include <kekkai/simulation/fake_kernel.h>

#include <cstdint>
#include <string>
#include <vector>

namespace kekkai::kernel_tests {

/// What lies on the host, the same on both: directories, files, links of every kind, a fifo.
/// `folder` exists, and is empty.
void make_host(const std::string& folder);
void declare_host(testing::FakeKernel& k, const std::string& folder);

/// One op and all that is random in it.
struct Choice {
  unsigned kind = 0;
  unsigned path = 0;
  unsigned source = 0;
  unsigned flags = 0;
};
/// One to eight choices; the same for the same seed everywhere.
std::vector<Choice> random_choices(uint64_t seed);
/// The ops that they come to.
Ops make_ops(const std::vector<Choice>& choices, const std::string& folder);

}  // namespace kekkai::kernel_tests
