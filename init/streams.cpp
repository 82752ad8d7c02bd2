#include <kekkai/init/frame.h>
#include <kekkai/init/streams.h>

#include <signal.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string_view>

namespace kekkai {
namespace {

constexpr int kExitUnwanted = 1;
constexpr int kLastSetup = std::numeric_limits<int>::max() - kStreams;  // the others follow it

int parse_descriptor(const char* setup_variable) {
  if (setup_variable == nullptr) {
    throw StreamError(std::string(kSetupVariable) + " is not set");
  }
  const std::string_view text = setup_variable;
  int number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 3 ||
      number > kLastSetup) {
    throw StreamError(std::string(kSetupVariable) + " is not a descriptor: \"" +
                      std::string(text.substr(0, 32)) + "\"");
  }
  return number;
}

}  // namespace

Streams adopt_streams(Dispatcher& k, const char* setup_variable) {
  const int first = parse_descriptor(setup_variable);
  for (int fd = first; fd < first + kStreams; ++fd) {
    if (!k.is_open(fd)) throw StreamError("descriptor " + std::to_string(fd) + " is not open");
  }
  return {.setup = UniqueFd(first, "setup stream", k),
          .status = UniqueFd(first + 1, "status stream", k),
          .lifeline = UniqueFd(first + 2, "lifeline", k),
          .launcher = UniqueFd(first + 3, "launcher", k),
          .companion = {},
          .first_extra_file = first + kStreams};
}

int status_descriptor(const char* setup_variable) { return parse_descriptor(setup_variable) + 1; }

SetupRequest receive_setup(Dispatcher& k, Fd setup) {
  FrameReader reader;
  std::optional<std::string> payload;
  for (;;) {
    std::array<std::byte, 4096> chunk{};
    const size_t got = k.read(setup, chunk);
    if (got == 0) break;
    if (payload) throw StreamError("there are bytes after its end");
    reader.feed({reinterpret_cast<const char*>(chunk.data()), got});  // NOLINT: bytes as text
    payload = reader.next();
  }
  if (!payload) throw StreamError("it ends too early");
  if (reader.has_rest()) throw StreamError("there are bytes after its end");
  return decode_setup_request(*payload);
}

void arm_lifeline(Dispatcher& k, const Streams& streams) {
  k.exit_on_signal(SIGIO, kExitUnwanted);
  k.signal_on_input(streams.lifeline, true);
  // What happened before the signal was armed raises none.
  if (!is_wanted(k, streams)) k.exit(kExitUnwanted);
}

void disarm_lifeline(Dispatcher& k, const Streams& streams) {
  k.signal_on_input(streams.lifeline, false);
  k.ignore_signal(SIGIO);
}

bool is_wanted(Dispatcher& k, const Streams& streams) {
  std::array<PollFd, 3> fds{{{.fd = streams.lifeline.number()},
                             {.fd = streams.launcher.number()},
                             {.fd = streams.companion.number()}}};
  k.poll(fds, std::chrono::milliseconds(0));
  return std::ranges::none_of(fds, [](const PollFd& fd) { return fd.readable || fd.hung_up; });
}

}  // namespace kekkai
