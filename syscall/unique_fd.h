// Descriptors: one owner each, and a name that a person understands.
#pragma once

#include <fcntl.h>

#include <string>
#include <string_view>
#include <utility>

namespace kekkai {

/// Whoever made a descriptor closes it: the kernel for real ones, a test double for its own.
class FdOwner {
 public:
  /// Closes `fd`. There is nothing that a caller could do about an error (close(2), "Dealing with
  /// error returns from close()"), so none is reported.
  virtual void close(int fd) noexcept = 0;

 protected:
  ~FdOwner() = default;
};

/// The only owner of an open descriptor; closes it at the end of its life.
/// The label says what the descriptor refers to in the user's words ("/srv/data"): it appears in
/// error texts and transcripts in place of a meaningless number.
class UniqueFd {
 public:
  UniqueFd() = default;
  UniqueFd(int number, std::string label, FdOwner& owner)
      : number_(number), label_(std::move(label)), owner_(&owner) {}
  UniqueFd(UniqueFd&& other) noexcept
      : number_(std::exchange(other.number_, -1)),
        label_(std::move(other.label_)),
        owner_(other.owner_) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      reset();
      number_ = std::exchange(other.number_, -1);
      label_ = std::move(other.label_);
      owner_ = other.owner_;
    }
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  int number() const { return number_; }
  const std::string& label() const { return label_; }
  void set_label(std::string label) { label_ = std::move(label); }
  explicit operator bool() const { return number_ >= 0; }
  void reset() noexcept {
    if (number_ >= 0) owner_->close(std::exchange(number_, -1));
  }

 private:
  int number_ = -1;
  std::string label_;
  FdOwner* owner_ = nullptr;
};

/// A descriptor that somebody else owns, for the length of a call.
struct Fd {
  int number = -1;
  std::string_view label;

  Fd(int n, std::string_view l) : number(n), label(l) {}
  Fd(const UniqueFd& fd) : number(fd.number()), label(fd.label()) {}  // NOLINT: meant to convert

  /// The working directory (AT_FDCWD): where paths of the host are opened from.
  static Fd cwd() { return {AT_FDCWD, {}}; }
};

/// What to call `path` opened at `dir`: as the user would write it.
std::string label_at(Fd dir, std::string_view path);

}  // namespace kekkai
