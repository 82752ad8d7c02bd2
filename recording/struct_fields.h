// The structs of Dispatcher's operands and results, field by field: for writing and for reading.
#pragma once

#include <kekkai/syscall/dispatcher.h>

#include <tuple>
#include <type_traits>

namespace kekkai {

template <class Struct, class Member>
struct StructField {
  const char* name;
  Member Struct::*member;
};
template <class Struct, class Member>
StructField(const char*, Member Struct::*) -> StructField<Struct, Member>;

/// The fields of a struct; nullptr for a type that is none of these.
template <class Struct>
inline constexpr auto kFields = nullptr;
template <class Struct>
concept HasFields = !std::is_same_v<decltype(kFields<Struct>), const std::nullptr_t>;

template <>
inline constexpr auto kFields<FileStatus> = std::tuple(
    StructField{"mode", &FileStatus::mode}, StructField{"uid", &FileStatus::uid},
    StructField{"gid", &FileStatus::gid}, StructField{"size", &FileStatus::size},
    StructField{"dev", &FileStatus::dev}, StructField{"ino", &FileStatus::ino},
    StructField{"rdev", &FileStatus::rdev}, StructField{"mount_id", &FileStatus::mount_id});
template <>
inline constexpr auto kFields<Capabilities> =
    std::tuple(StructField{"effective", &Capabilities::effective},
               StructField{"permitted", &Capabilities::permitted},
               StructField{"inheritable", &Capabilities::inheritable});
template <>
inline constexpr auto kFields<Ids> = std::tuple(StructField{"real", &Ids::real},
                                                StructField{"effective", &Ids::effective},
                                                StructField{"saved", &Ids::saved});
template <>
inline constexpr auto kFields<Reaped> = std::tuple(StructField{"pid", &Reaped::pid},
                                                   StructField{"status", &Reaped::status});
template <>
inline constexpr auto kFields<ResourceLimit> = std::tuple(
    StructField{"resource", &ResourceLimit::resource}, StructField{"soft", &ResourceLimit::soft},
    StructField{"hard", &ResourceLimit::hard});
template <>
inline constexpr auto kFields<FdPlacement> = std::tuple(StructField{"source", &FdPlacement::source},
                                                        StructField{"target",
                                                                    &FdPlacement::target});
template <>
inline constexpr auto kFields<NamespaceJoin> =
    std::tuple(StructField{"descriptor", &NamespaceJoin::descriptor},
               StructField{"type", &NamespaceJoin::type});
template <>
inline constexpr auto kFields<SpawnPlan> = std::tuple(
    StructField{"path", &SpawnPlan::path}, StructField{"argv", &SpawnPlan::argv},
    StructField{"env", &SpawnPlan::env}, StructField{"fds", &SpawnPlan::fds},
    StructField{"namespaces", &SpawnPlan::namespaces}, StructField{"joins", &SpawnPlan::joins},
    StructField{"ambient_capabilities", &SpawnPlan::ambient_capabilities},
    StructField{"no_capabilities", &SpawnPlan::no_capabilities},
    StructField{"dies_with_parent", &SpawnPlan::dies_with_parent},
    StructField{"read_only_image", &SpawnPlan::read_only_image},
    StructField{"new_session", &SpawnPlan::new_session},
    StructField{"new_process_group", &SpawnPlan::new_process_group},
    StructField{"controlling_terminal", &SpawnPlan::controlling_terminal},
    StructField{"foreground_terminal", &SpawnPlan::foreground_terminal},
    StructField{"ignore_hangup", &SpawnPlan::ignore_hangup},
    StructField{"ends_exit_on_signal", &SpawnPlan::ends_exit_on_signal},
    StructField{"limits", &SpawnPlan::limits}, StructField{"filters", &SpawnPlan::filters},
    StructField{"listener_socket", &SpawnPlan::listener_socket},
    StructField{"report", &SpawnPlan::report});
template <>
inline constexpr auto kFields<FailedExec> = std::tuple(StructField{"call", &FailedExec::call},
                                                       StructField{"error", &FailedExec::error},
                                                       StructField{"report", &FailedExec::report});
template <>
inline constexpr auto kFields<Spawned> = std::tuple(
    StructField{"pid", &Spawned::pid}, StructField{"pidfd", &Spawned::pidfd},
    StructField{"failed_call", &Spawned::failed_call}, StructField{"error", &Spawned::error});
template <>
inline constexpr auto kFields<termios> = std::tuple(
    StructField{"iflag", &termios::c_iflag}, StructField{"oflag", &termios::c_oflag},
    StructField{"cflag", &termios::c_cflag}, StructField{"lflag", &termios::c_lflag},
    StructField{"line", &termios::c_line}, StructField{"cc", &termios::c_cc},
    StructField{"ispeed", &termios::c_ispeed}, StructField{"ospeed", &termios::c_ospeed});
template <>
inline constexpr auto kFields<winsize> = std::tuple(StructField{"rows", &winsize::ws_row},
                                                    StructField{"columns", &winsize::ws_col},
                                                    StructField{"x_pixels", &winsize::ws_xpixel},
                                                    StructField{"y_pixels", &winsize::ws_ypixel});
template <>
inline constexpr auto kFields<seccomp_data> =
    std::tuple(StructField{"nr", &seccomp_data::nr}, StructField{"arch", &seccomp_data::arch},
               StructField{"instruction_pointer", &seccomp_data::instruction_pointer},
               StructField{"args", &seccomp_data::args});
template <>
inline constexpr auto kFields<seccomp_notif> = std::tuple(
    StructField{"id", &seccomp_notif::id}, StructField{"pid", &seccomp_notif::pid},
    StructField{"flags", &seccomp_notif::flags}, StructField{"data", &seccomp_notif::data});
template <>
inline constexpr auto kFields<timeval> = std::tuple(StructField{"seconds", &timeval::tv_sec},
                                                    StructField{"microseconds", &timeval::tv_usec});
// What is told of the end of a program; the others stay 0.
template <>
inline constexpr auto kFields<rusage> = std::tuple(StructField{"user", &rusage::ru_utime},
                                                   StructField{"system", &rusage::ru_stime},
                                                   StructField{"max_rss_kib", &rusage::ru_maxrss},
                                                   StructField{"minor_faults", &rusage::ru_minflt},
                                                   StructField{"major_faults", &rusage::ru_majflt});
template <>
inline constexpr auto kFields<PollFd> = std::tuple(StructField{"readable", &PollFd::readable},
                                                   StructField{"hung_up", &PollFd::hung_up});

}  // namespace kekkai
