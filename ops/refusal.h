#pragma once

#include <stdexcept>

namespace kekkai {

/// Something that was asked for is not safe or not possible, although no system call failed.
/// what() is a sentence in the user's words.
class Refusal : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace kekkai
