#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/syscall/paths.h>
#include <kekkai/syscall/unique_fd.h>

#include <string>
#include <vector>

namespace kekkai::ops {

/// A proc(5) file system of the container's own pid namespace; the host's where it has none.
///
/// A caller with uid 0 keeps that uid's rights over files, and sysctl files ask for the uid, not
/// for capabilities. So what changes the host is covered read-only (sys, sysrq-trigger, irq, bus,
/// fs, and what drivers and options of the kernel add: acpi, asound, driver, dynamic_debug,
/// latency_stats, scsi), and what tells too much of it is covered by an empty file (kcore, keys,
/// timer_list), where it exists.
struct Proc {
  ContainerPath path = "/proc";
  /// Covers to leave away, by name: "sys"; "all" are all. A container in this one can only mount a
  /// proc of its own where there are none.
  std::vector<std::string> open;
  bool pids_only = false;  ///< Nothing but the processes (proc(5), subset=pid).
  /// Which processes of other users are seen (proc(5), hidepid): "off", "noaccess", "invisible" or
  /// "ptraceable"; empty is the kernel's default, off.
  std::string hidepid;

  Transient<UniqueFd> host_tree;

  /// Throws Refusal when `hidepid` is none of these.
  void check() const;
  /// Throws Refusal when `open` names something that has no cover, and for options that the host's
  /// cannot have.
  void early(SetupState& state, Dispatcher& k);
  void apply(SetupState& state, Dispatcher& k);
  std::string describe() const { return "proc on " + path.str(); }
  bool operator==(const Proc&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(path, open, pids_only, hidepid);
  }
};

}  // namespace kekkai::ops
