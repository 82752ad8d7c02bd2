#include "promises.h"
#include "targets.h"

#include <kekkai/init/frame.h>
#include <kekkai/init/params.h>
#include <kekkai/init/status.h>

#include <string>
#include <vector>

namespace kekkai {
namespace {

// Frames where there are some, else the bytes themselves as one payload.
std::vector<std::string> payloads(std::string_view bytes) {
  if (!bytes.starts_with("KEKKAI")) return {std::string(bytes)};
  std::vector<std::string> all;
  FrameReader reader;
  const size_t half = bytes.size() / 2;
  for (const std::string_view piece : {bytes.substr(0, half), bytes.substr(half)}) {
    reader.feed(piece);
    while (auto payload = reader.next()) all.push_back(std::move(*payload));
  }
  return all;
}

}  // namespace

void fuzz_setup_stream(std::string_view bytes) {
  try {
    for (const std::string& payload : payloads(bytes)) {
      const std::string again = encode(decode_setup_request(payload));
      require(encode(decode_setup_request(again)) == again);
    }
  } catch (const StreamError&) {
    // Refused as it should be; any other exception ends the program.
  }
}

void fuzz_status_stream(std::string_view bytes) {
  try {
    for (const std::string& payload : payloads(bytes)) {
      const StatusMessage message = decode_status_message(payload);
      require(decode_status_message(encode(message)) == message);
      if (const auto* failure = std::get_if<Failure>(&message)) {
        require_harmless(failure->message());
      }
    }
  } catch (const StreamError&) {
  }
}

}  // namespace kekkai
