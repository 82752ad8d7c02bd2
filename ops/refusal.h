#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace kekkai {

/// Something that was asked for is not safe or not possible, although no system call failed.
/// what() is a sentence in the user's words, hint() says what to do, and may be empty.
class Refusal : public std::runtime_error {
 public:
  explicit Refusal(const std::string& reason, std::string hint = {})
      : std::runtime_error(reason), hint_(std::move(hint)) {}
  const std::string& hint() const { return hint_; }

 private:
  std::string hint_;
};

}  // namespace kekkai
