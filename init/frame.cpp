#include <kekkai/init/frame.h>

#include <string.h>

namespace kekkai {
namespace {

struct Header {
  char magic[8];
  char version[24];  // NUL-terminated
  uint64_t length;
};
constexpr std::string_view kMagic("KEKKAI\r\n", 8);
constexpr std::string_view kVersion = KEKKAI_VERSION;
static_assert(sizeof(Header) == 40 && kVersion.size() < sizeof(Header::version));

}  // namespace

VersionMismatch::VersionMismatch(const std::string& theirs)
    : StreamError("the other side is Kekkai " + theirs + ", this is Kekkai " +
                  std::string(kVersion)) {}

std::string make_frame(std::string_view payload) {
  if (payload.size() > kMaxPayload) {
    throw StreamError("the message has " + std::to_string(payload.size()) + " bytes; the most is " +
                      std::to_string(kMaxPayload));
  }
  Header header{};
  kMagic.copy(header.magic, sizeof header.magic);
  kVersion.copy(header.version, sizeof header.version);
  header.length = payload.size();
  std::string frame(sizeof header, '\0');
  memcpy(frame.data(), &header, sizeof header);
  return frame.append(payload);
}

std::optional<std::string> FrameReader::next() {
  Header header{};
  if (pending_.size() < sizeof header) return std::nullopt;
  memcpy(&header, pending_.data(), sizeof header);
  if (std::string_view(header.magic, sizeof header.magic) != kMagic) {
    throw StreamError("it is not a message of Kekkai");
  }
  const std::string theirs(header.version, strnlen(header.version, sizeof header.version));
  if (theirs != kVersion) throw VersionMismatch(theirs);
  if (header.length > kMaxPayload) throw StreamError("it announces too long a message");
  if (pending_.size() - sizeof header < header.length) return std::nullopt;
  std::string payload = pending_.substr(sizeof header, header.length);
  pending_.erase(0, sizeof header + payload.size());
  return payload;
}

}  // namespace kekkai
