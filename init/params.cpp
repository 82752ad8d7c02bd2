#include <kekkai/init/frame.h>
#include <kekkai/init/params.h>
#include <kekkai/ops/archive.h>

#include <new>

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
void serialize_fields(Archive& ar, SetupRequest& request, std::string& ops) {
  Params& p = request.params;
  ar(ops, p.command, p.env, p.working_directories, p.uid, p.gid, p.hostname, p.share_network,
     p.terminal, p.window_size.ws_row, p.window_size.ws_col, p.umask);
  serialize_limits(ar, p.limits);
  serialize_list(ar, p.filters, [&](FilterProgram& program) { serialize_filter(ar, program); });
  serialize_filter(ar, p.asking_filter);
  ar(p.keep_capabilities, p.extra_files);
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
}

}  // namespace

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
