// What `kekkai doctor` tries, in the order of its report.
#pragma once

#include "doctor_check.h"

#include <span>

namespace kekkai::cli {

std::span<const Check> doctor_checks();

// Of the machine itself.
Finding examine_kernel(const Machine& machine);
Finding examine_proc(const Machine& machine);
Finding examine_init(const Machine& machine);
Finding examine_pidfd(const Machine& machine);
Finding examine_landlock(const Machine& machine);
Finding examine_cgroups(const Machine& machine);
Finding examine_open_files(const Machine& machine);
Finding examine_processes(const Machine& machine);
Finding examine_yama(const Machine& machine);

// A process in new namespaces.
Finding examine_user_namespaces(const Machine& machine);
Finding examine_other_namespaces(const Machine& machine);

// Containers, each with one thing more than the bare one.
Finding examine_bare_container(const Machine& machine);
Finding examine_tmpfs(const Machine& machine);
Finding examine_own_proc(const Machine& machine);
Finding examine_own_dev(const Machine& machine);
Finding examine_own_network(const Machine& machine);
Finding examine_filter(const Machine& machine);
Finding examine_listener(const Machine& machine);
Finding examine_overlay(const Machine& machine);
Finding examine_run(const Machine& machine);

// What is installed.
Finding examine_subordinate_ids(const Machine& machine);
Finding examine_dbus_proxy(const Machine& machine);
Finding examine_pasta(const Machine& machine);

}  // namespace kekkai::cli
