#pragma once

#include <string>
#include <system_error>

namespace kekkai {

/// A system call failed. Thrown by implementations of Dispatcher and by nobody else.
/// what() reads "open_tree /srv/data: Permission denied".
class SyscallError : public std::system_error {
 public:
  /// `error` is the errno of the failed call; `call` is the call as spelled, with its operands.
  SyscallError(int error, std::string call)
      : std::system_error(error, std::generic_category(), call), call_(std::move(call)) {}

  /// The call with its operands: "open_tree /srv/data".
  const std::string& call() const { return call_; }
  /// The errno: EACCES.
  int error() const { return code().value(); }

 private:
  std::string call_;
};

}  // namespace kekkai
