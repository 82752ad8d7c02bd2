// A start on the fake kernel, recorded.
#pragma once

#include "../launcher/containers.h"

#include <kekkai/init/recorded_init.h>
#include <kekkai/replay/recording_text.h>
#include <kekkai/replay/replay.h>
#include <kekkai/testing/fault_injector.h>

#include <cstddef>
#include <string>
#include <vector>

namespace kekkai {

struct RecordedStart {
  FakeStart start;
  std::string text;                                     ///< The recording.
  std::vector<std::string> launcher_calls, init_calls;  ///< Those that could fail.

  struct Fault {
    bool is_of_init = false;
    size_t index = 0;
    int error = 0;
  };

  /// Starts it once.
  void run(const std::vector<Fault>& faults = {}) {
    start.around_launcher = [&](Dispatcher& inner, const auto& go) {
      testing::FaultInjector k(inner);
      plan(k, false, faults);
      const Keep keep{k, launcher_calls};
      return go(k);
    };
    start.around_init = [&](Dispatcher& inner, const auto& /*unrecorded*/) {
      testing::FaultInjector k(inner);
      plan(k, true, faults);
      const Keep keep{k, init_calls};
      return run_recorded_init(k, inner, "3", contents_name(start.settings.recorded_contents));
    };
    start.settings.on_call = [&](const RecordedCall& call) { text += recorded_line(call, 0); };
    text = recording_header(start.settings, {.kernel = "6.1.0", .machine = "x86_64"});
    try {
      const std::optional<ExitStatus> end = start.run();
      text += end ? recorded_end(*end) : recorded_end(start.failure.value());
    } catch (const InitLost&) {
      text += recorded_loss();
    }
  }

 private:
  struct Keep {
    testing::FaultInjector& k;
    std::vector<std::string>& calls;
    ~Keep() { calls = k.calls(); }
  };
  static void plan(testing::FaultInjector& k, bool is_init, const std::vector<Fault>& faults) {
    for (const Fault& fault : faults) {
      if (fault.is_of_init == is_init) k.fail(fault.index, fault.error);
    }
  }
};

/// What a replay diverged in, for messages of tests.
inline std::string text_of(const std::optional<Divergence>& divergence) {
  if (!divergence) return "none";
  return "line " + std::to_string(divergence->line) + "\nrecorded " + divergence->recorded +
         "\nmade     " + divergence->made;
}

}  // namespace kekkai
