// The descriptors that init gets from the launcher beside its streams, and room for more.
#pragma once

#include <kekkai/init/params.h>
#include <kekkai/syscall/dispatcher.h>

#include <map>
#include <optional>

namespace kekkai {

/// What descriptors_for_init() names: each has the number that follows the one before.
struct HandedIn {
  std::map<int, UniqueFd> for_ops;  ///< By the number that it has in the launcher's process.
  UniqueFd companion;               ///< Params::companion, and so on; or none.
  UniqueFd second_user_namespace;
  UniqueFd id_map_gate;
  UniqueFd image;  ///< SpawnPlan::read_only_image, the last of all; none where init is no such.
};

/// Takes them over. They come after the program's extra files, and `image` after them. Throws
/// StreamError where another one is missing.
HandedIn adopt_handed_in(Dispatcher& k, const Params& params, int first_extra_file);

/// Raises the limit on open files: between early and apply an op holds what it has pinned, some of
/// them many things. Returns the limit that was the caller's, if it was raised. Throws Refusal
/// where the hard limit is too low for so many ops.
std::optional<ResourceLimit> make_room_for_descriptors(Dispatcher& k, size_t ops, size_t handed_in);

}  // namespace kekkai
