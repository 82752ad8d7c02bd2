// A launcher on a ScriptedDispatcher, and an init that says what a test wants it to.
#pragma once

#include <kekkai/init/frame.h>
#include <kekkai/launcher/container.h>
#include <kekkai/testing/scripted_dispatcher.h>

#include <string>
#include <vector>

namespace kekkai {

struct Launcher {
  testing::ScriptedDispatcher k;
  ContainerSettings settings;

  Launcher() {
    k.set_pid(77);
    k.set_ids({1000, 1000, 1000}, {100, 100, 100});
    k.host("/proc/self/exe").link_to("/opt/bin/kekkai");
    k.host("/opt/bin/kekkai-init").executable();
    settings.params.command = {"true"};
  }

  /// What init says before anybody listens; then it says no more.
  void init_says(std::vector<StatusMessage> messages) {
    std::string bytes;
    for (const StatusMessage& message : messages) bytes += make_frame(encode(message));
    init_writes(bytes);
  }
  void init_writes(const std::string& bytes) {
    k.on_spawn([this, bytes](const SpawnPlan&) { k.deliver("status stream", bytes); });
  }
  void deliver(const StatusMessage& message) {
    k.deliver("status stream", make_frame(encode(message)));
  }
  /// The request that init was sent.
  SetupRequest request() const {
    FrameReader reader;
    reader.feed(k.written("setup stream"));
    return decode_setup_request(reader.next().value());
  }

  /// The failure of a start in a container of its own.
  Failure failed_start() {
    try {
      Container(k, settings).start();
    } catch (const StartError& e) {
      return e.failure;
    }
    return {.reason = "it started"};
  }
};

}  // namespace kekkai
