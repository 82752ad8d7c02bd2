#include <kekkai/init/descriptors.h>
#include <kekkai/init/frame.h>
#include <kekkai/ops/refusal.h>

namespace kekkai {
namespace {

// Descriptors that a set-up has open at most beside one for each op.
constexpr size_t kDescriptorsBeside = 64;

}  // namespace

HandedIn adopt_handed_in(Dispatcher& k, const Params& params, int first_extra_file) {
  HandedIn handed_in;
  int fd = first_extra_file + static_cast<int>(params.extra_files.size());
  for (const int number : descriptors_for_init(params)) {
    if (!k.is_open(fd)) throw StreamError("descriptor " + std::to_string(fd) + " is not open");
    handed_in.for_ops.emplace(number, UniqueFd(fd++, "descriptor " + std::to_string(number), k));
  }
  if (k.is_open(fd)) handed_in.image = UniqueFd(fd, "image of init", k);
  const auto take = [&](std::optional<int> number) {
    auto taken =
        number ? handed_in.for_ops.extract(*number) : decltype(handed_in.for_ops)::node_type();
    return taken ? std::move(taken.mapped()) : UniqueFd();
  };
  handed_in.companion = take(params.companion);
  handed_in.second_user_namespace = take(params.second_user_namespace);
  handed_in.id_map_gate = take(params.id_map_gate);
  return handed_in;
}

std::optional<ResourceLimit> make_room_for_descriptors(Dispatcher& k, size_t ops,
                                                       size_t handed_in) {
  const ResourceLimit limit = k.getrlimit(RLIMIT_NOFILE);
  const size_t needed = ops + handed_in + kDescriptorsBeside;
  if (needed > limit.hard) {
    throw Refusal(std::to_string(ops) + " ops need about " + std::to_string(needed) +
                  " open files, and the hard limit is " + std::to_string(limit.hard) +
                  " (`ulimit -Hn`)");
  }
  if (limit.soft == limit.hard) return std::nullopt;
  k.setrlimit({RLIMIT_NOFILE, limit.hard, limit.hard});
  return limit;
}

}  // namespace kekkai
