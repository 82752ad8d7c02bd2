#include <kekkai/init/frame.h>
#include <kekkai/init/params.h>
#include <kekkai/ops/archive.h>
#include <kekkai/ops/refusal.h>

#include <new>
#include <set>

namespace kekkai {
namespace {

// For elements that are the kernel's structs, which Cereal does not know.
template <class Archive, class T, class Serialize>
void serialize_list(Archive& ar, std::vector<T>& list, Serialize serialize) {
  cereal::size_type size = list.size();
  ar(cereal::make_size_tag(size));
  list.resize(static_cast<size_t>(size));
  for (T& element : list) serialize(element);
}

template <class Archive>
void serialize_limits(Archive& ar, std::vector<ResourceLimit>& limits) {
  serialize_list(ar, limits, [&](ResourceLimit& l) { ar(l.resource, l.soft, l.hard); });
}

template <class Archive>
void serialize_filter(Archive& ar, FilterProgram& program) {
  serialize_list(ar, program, [&](sock_filter& i) { ar(i.code, i.jt, i.jf, i.k); });
}

template <class Archive>
void serialize_delay(Archive& ar, std::chrono::milliseconds& delay) {
  int64_t count = delay.count();
  ar(count);
  delay = std::chrono::milliseconds(count);
}

template <class Archive>
void serialize_namespaces(Archive& ar, Params& p) {
  uint64_t namespaces = bits(p.namespaces);
  ar(namespaces, p.user_namespace, p.pid_namespace, p.second_user_namespace, p.id_map_gate,
     p.disable_user_namespaces, p.assert_no_user_namespaces, p.outlives_launcher, p.companion,
     p.program_is_init, p.may_change_host, p.argv0, p.names_directory);
  p.namespaces = static_cast<Namespace>(namespaces);
}

template <class Archive>
void serialize_fields(Archive& ar, SetupRequest& request, std::string& ops) {
  Params& p = request.params;
  ar(ops, p.command, p.env, p.working_directories, p.uid, p.gid, p.hostname, p.terminal,
     p.window_size.ws_row, p.window_size.ws_col, p.umask);
  serialize_namespaces(ar, p);
  serialize_limits(ar, p.limits);
  serialize_list(ar, p.filters, [&](FilterProgram& program) { serialize_filter(ar, program); });
  serialize_filter(ar, p.asking_filter);
  ar(p.keep_capabilities, p.only_root_keeps_capabilities, p.extra_files);
  serialize_delay(ar, p.adopt_wait_delay);
  serialize_delay(ar, p.kill_delay);
  ar(p.cancel_with_interrupt, p.parent_mode, p.verbose);
  ar(request.host_uid, request.host_gid, request.host_namespaces, request.in_foreground);
}

void require_sense(const Params& p) {
  if (p.command.empty()) throw StreamError("there is no command");
  if (p.terminal > Terminal::kLast) throw StreamError("it names an unknown kind of terminal");
  if (!p.asking_filter.empty() && p.filters.empty()) {
    throw StreamError("there is no filter that the asking one could replace");
  }
  if (p.working_directories.empty()) throw StreamError("there is no working directory");
  if (bits(p.namespaces & ~kAllNamespaces) != 0) {
    throw StreamError("it names an unknown kind of namespace");
  }
  check(p);
}

void require(bool sense, const char* otherwise) {
  if (!sense) throw Refusal(otherwise);
}

}  // namespace

void check(const Params& p) {
  const bool has_user = has(p.namespaces, Namespace::kUser);
  const bool has_pid = has(p.namespaces, Namespace::kPid);
  require(has(p.namespaces, Namespace::kMount), "a container has a mount namespace of its own");
  require(!has_user || !p.user_namespace,
          "a container has a new user namespace, or joins one, and not both");
  require(has_user || (p.uid == kCallersId && p.gid == kCallersId),
          "ids can be chosen only in a new user namespace");
  require(has(p.namespaces, Namespace::kUts) || p.hostname.empty(),
          "a hostname of its own needs a uts namespace of its own");
  require(has_user || !p.id_map_gate, "only the ids of a new user namespace can be mapped");
  require(has_user || !p.disable_user_namespaces,
          "user namespaces can be forbidden only in a new one: a joined one is others' too");
  require(!p.disable_user_namespaces || !p.second_user_namespace,
          "a program is put into a given user namespace, or into one that forbids others");
  require(has_pid || !p.program_is_init, "to be pid 1 a program needs a pid namespace of its own");
  require(!p.program_is_init || p.terminal != Terminal::kOwn,
          "a program that is pid 1 gets no terminal of its own");
  require(!p.program_is_init || p.asking_filter.empty(),
          "a program that is pid 1 has no filter that asks");
  require(!p.outlives_launcher || p.terminal != Terminal::kOwn,
          "the terminal of its own ends with the launcher, and so does the program");
}

std::vector<int> descriptors_for_init(const Params& p) {
  const std::vector<int> of_ops = p.ops.descriptors();
  std::set<int> numbers(of_ops.begin(), of_ops.end());
  for (const std::optional<int>& number : {p.second_user_namespace, p.id_map_gate, p.companion}) {
    if (number) numbers.insert(*number);
  }
  return {numbers.begin(), numbers.end()};
}

std::string encode(SetupRequest request) {
  std::string ops = request.params.ops.encode();
  std::string payload;
  OutputArchive ar(payload);
  serialize_fields(ar, request, ops);
  return payload;
}

// Whatever decoding can throw becomes one kind of error here, and nowhere else.
SetupRequest decode_setup_request(std::string_view payload) {
  try {
    SetupRequest request;
    std::string ops;
    InputArchive ar(payload);
    serialize_fields(ar, request, ops);
    if (ar.left() != 0) throw StreamError("there are bytes after its end");
    request.params.ops = Ops::decode(ops);
    require_sense(request.params);
    return request;
  } catch (const StreamError&) {
    throw;
  } catch (const std::exception& e) {  // cereal::Exception, PathError, bad_alloc, length_error
    throw StreamError(e.what());
  }
}

}  // namespace kekkai
