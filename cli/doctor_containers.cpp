// Whether containers start: what Kekkai does to start one, done.
#include "defaults.h"
#include "doctor_checks.h"

#include <kekkai/launcher/container.h>

#include <fmt/format.h>

namespace kekkai::cli {
namespace {

Params bare_container() {
  Params params;
  params.ops.bind({.source = "/", .target = "/"});
  params.namespaces = kAllNamespaces & ~Namespace::kNet;
  return params;
}

// Starts a container with this program in it, which ends at once, and waits for its end.
Finding start(const Machine& machine, Params params, std::string_view what_works) {
  const UniqueFd null =
      machine.k.openat2(Fd::cwd(), "/dev/null", Open::kReadWrite, Resolve::kAnywhere);
  const int quiet = null.number();
  params.command = {find_own_program(machine.k), "--version"};
  const bool listens = !params.asking_filter.empty();
  Container container(machine.k, {.params = std::move(params), .stdio = {quiet, quiet, quiet}});
  try {
    container.start();
    if (listens) container.take_listener();
    const ExitStatus end = container.wait();
    if (end.code() == 0) return {.text = std::string(what_works)};
    return fails(fmt::format("the program in it ended with status {}", end.code()),
                 std::string(kLookCloser));
  } catch (const StartError& e) {
    return fails(machine, e.failure);
  } catch (const InitLost& e) {
    return fails(e.what(), std::string(kLookCloser));
  }
}

}  // namespace

Finding examine_bare_container(const Machine& machine) {
  return start(machine, bare_container(),
               "one was started: ids mapped, mounts bound, roots changed");
}

Finding examine_tmpfs(const Machine& machine) {
  Params params = bare_container();
  params.ops.tmpfs({.path = "/proc"});
  return start(machine, std::move(params), "one was mounted");
}

Finding examine_own_proc(const Machine& machine) {
  Params params = bare_container();
  params.ops.proc();
  return start(machine, std::move(params), "one was mounted");
}

Finding examine_own_dev(const Machine& machine) {
  Params params = bare_container();
  params.ops.dev();
  return start(machine, std::move(params), "one was made, with terminals (devpts)");
}

Finding examine_own_network(const Machine& machine) {
  Params params = bare_container();
  params.namespaces = kAllNamespaces;
  return start(machine, std::move(params), "one was made, its loopback brought up");
}

Finding examine_filter(const Machine& machine) {
  Params params = bare_container();
  add_filters({}, true, params);
  return start(machine, std::move(params), "strict was loaded");
}

Finding examine_listener(const Machine& machine) {
  Params params = bare_container();
  SeccompOptions options;
  options.log = true;
  add_filters(options, true, params);
  return start(machine, std::move(params), "a filter that asks was loaded");
}

Finding examine_overlay(const Machine& machine) {
  // Nothing is likely to be mounted in there, as it is in the /etc of many containers.
  const std::string program = find_own_program(machine.k);
  Params params = bare_container();
  params.ops.overlay({.path = "/proc",
                      .lowers = {HostPath(program.substr(0, program.rfind('/') + 1))},
                      .ephemeral = true});
  return start(machine, std::move(params), "one was mounted");
}

Finding examine_run(const Machine& machine) {
  const HostPath program(find_own_program(machine.k));
  RunOptions options;
  options.files.bind({.source = program, .target = ContainerPath(program.str())});
  options.command = {program.str()};
  return start(machine, make_params(options, machine.caller), "a program was run, and has ended");
}

}  // namespace kekkai::cli
