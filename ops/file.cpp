#include <kekkai/ops/contents.h>
#include <kekkai/ops/file.h>
#include <kekkai/ops/handed_in.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/ops/register.h>

#include <fmt/format.h>

namespace kekkai::ops {
namespace {

constexpr uint32_t kPermissions = 07777;

}  // namespace

void File::check() const {
  if (mode > kPermissions) {
    throw Refusal(fmt::format("the mode of a file is at most 7777 in octal, and not {:o}", mode));
  }
  if (plain && writable) {
    throw Refusal("whether a plain file can be written to is up to its mode and its place");
  }
  if (!descriptor) return;
  check_descriptor(*descriptor);
  if (!content.empty()) {
    throw Refusal("a file has its content from a descriptor, or is given it, but not both");
  }
}

void File::early(SetupState& state, Dispatcher& /*k*/) {
  if (descriptor) input = take_handed_in(state, *descriptor);
}

void File::apply(SetupState& state, Dispatcher& k) {
  const UniqueFd from = std::move(*input);
  const Fill fill = [&](Fd file) {
    if (descriptor) {
      copy_all(k, from, file);
    } else {
      write_all(k, file, content);
    }
  };
  if (plain) {
    fill(state.sysroot.open_emptied(k, path, mode));
    return;
  }
  const MountAttr attributes =
      MountAttr::kNoSuid | MountAttr::kNoDev | (writable ? MountAttr::kNone : MountAttr::kReadOnly);
  state.sysroot.attach(k, make_file_mount(state, k, fill, mode, attributes),
                       {.path = path, .attributes = attributes});
}

std::vector<int> File::descriptors() const {
  return descriptor ? std::vector{*descriptor} : std::vector<int>();
}

std::string File::describe() const {
  return "file " + path.str() + (descriptor ? fmt::format(" from descriptor {}", *descriptor) : "");
}

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::File, "file")
