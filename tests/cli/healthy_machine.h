// A machine for `kekkai doctor`, on a FakeKernel.
#pragma once

#include "../../cli/doctor.h"
#include "../../cli/doctor_checks.h"

#include <kekkai/init/init.h>
#include <kekkai/simulation/fake_kernel.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace kekkai::cli {

inline constexpr const char* kProgram = "/opt/bin/kekkai";
inline constexpr const char* kInit = "/opt/bin/kekkai-init";

struct Fault {
  std::string call;
  int error;
};

/// A machine on which everything works that is required, at first.
struct HealthyMachine {
  testing::FakeKernel k;
  Caller caller{.directory = "/", .env = {{"PATH", "/usr/bin:/opt/tools"}}};
  std::vector<Fault> init_faults;  ///< Calls that fail in every init.

  HealthyMachine() {
    k.set_pid(4242, 4000);
    k.host("/proc/self/exe").link_to(kProgram);
    k.host(kProgram).executable();
    k.host(kInit).executable();
    sysctl("kernel/osrelease", "6.1.0-18-amd64");
    sysctl("user/max_user_namespaces", "31234");
    k.run_as(kInit, [this](testing::FakeKernel& init) {
      for (const Fault& fault : init_faults) {
        init.fail_call(fault.call, fault.error, testing::FakeKernel::kAlways);
      }
      return run_init(init, "3");
    });
  }

  void sysctl(const std::string& name, const std::string& value) {
    k.host("/proc/sys/" + name).regular(value + "\n");
  }
  void fail(const std::string& call, int error) {
    k.fail_call(call, error, testing::FakeKernel::kAlways);
  }
  /// This program, started alone in new namespaces.
  void fail_namespaces(const std::string& names, int error) {
    fail(
        "spawn /opt/bin/kekkai [/opt/bin/kekkai --version] env [] fds 0=/dev/null 1=/dev/null "
        "2=/dev/null namespaces " +
            names,
        error);
  }
  void install(const std::string& program) { k.host("/opt/tools/" + program).executable(); }
  std::vector<Examined> examine() { return cli::examine({k, caller}, doctor_checks()); }
};

inline const Finding& finding_of(const std::vector<Examined>& examined, std::string_view check) {
  for (const Examined& one : examined) {
    if (one.check.name == check) return one.finding;
  }
  throw std::invalid_argument("there is no check " + std::string(check));
}

}  // namespace kekkai::cli
