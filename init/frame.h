// How messages are told apart on the setup and the status stream.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace kekkai {

/// What came over a stream is not what the other end should have sent; what() says why.
class StreamError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The other end is a Kekkai of another version.
class VersionMismatch : public StreamError {
 public:
  explicit VersionMismatch(const std::string& theirs);
};

/// Longest payload of a frame, in bytes.
inline constexpr uint64_t kMaxPayload = 64U << 20;

/// The payload behind a header: magic, version, length. Throws StreamError where it is too long.
std::string make_frame(std::string_view payload);

/// Puts frames together from bytes that arrive in pieces.
class FrameReader {
 public:
  void feed(std::string_view bytes) { pending_.append(bytes); }
  /// The payload of the next frame, once it is complete.
  /// Throws StreamError, VersionMismatch as soon as the header is there.
  std::optional<std::string> next();
  /// Whether bytes of an unfinished frame, or of another one, are left.
  bool has_rest() const { return !pending_.empty(); }

 private:
  std::string pending_;
};

}  // namespace kekkai
