// A whole start on a FakeKernel: the launcher's process, and the init that it makes.
#pragma once

#include <kekkai/init/init.h>
#include <kekkai/launcher/container.h>
#include <kekkai/simulation/fake_kernel.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace kekkai {

struct FakeStart {
  std::unique_ptr<testing::FakeKernel> kernel;
  testing::FakeKernel& host;
  ContainerSettings settings;
  UniqueFd handed_in;  ///< Something that the launcher's caller has open for an op.
  /// What stands between a process and its kernel; it has to run what it is given.
  using Between = std::function<int(Dispatcher&, const std::function<int(Dispatcher&)>&)>;
  Between around_launcher = [](Dispatcher& k, const auto& run) { return run(k); };
  Between around_init = around_launcher;

  static constexpr const char* kInit = "/usr/libexec/kekkai-init";

  FakeStart() : FakeStart(std::make_unique<testing::FakeKernel>()) {}
  explicit FakeStart(std::unique_ptr<testing::FakeKernel> made)
      : kernel(std::move(made)), host(*kernel) {
    host.set_pid(4242, 4000);
    host.host(kInit).executable();
    settings.init.path = kInit;
    host.run_as(kInit, [this](testing::FakeKernel& init) {
      return around_init(init, [](Dispatcher& k) { return run_init(k, "3"); });
    });
  }

  /// How the program ended; nothing where it did not start, which `failure` tells of.
  std::optional<ExitStatus> run() {
    std::optional<ExitStatus> end;
    around_launcher(host, [&](Dispatcher& k) {
      try {
        Container container(k, settings);
        container.start();
        end = container.wait();
      } catch (const StartError& e) {
        failure = e.failure;
      }
      return 0;
    });
    return end;
  }
  std::optional<Failure> failure;

  /// Init, once it was made.
  testing::FakeKernel& init() { return host.process(testing::FakeKernel::kFirstChild); }
  bool has_init() const { return !host.spawned().empty(); }
};

}  // namespace kekkai
