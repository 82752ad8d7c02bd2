#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/syscall/paths.h>
#include <kekkai/syscall/unique_fd.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kekkai::ops {

/// A file with the given content. It lives in memory and is gone with the container.
struct File {
  ContainerPath path;
  std::string content;  ///< Any bytes.
  uint32_t mode = 0644;
  bool writable = false;  ///< Whether the program may write to it, as far as `mode` lets it.
  /// In place of `content`: a descriptor of the launcher's process, which init reads to its end. No
  /// other op can have it.
  std::optional<int> descriptor;
  /// It is no mount of its own, but an ordinary file of the file system that `path` is on: the
  /// program may remove, rename and replace it. One that exists keeps its mode, and gets the
  /// content in place of its own.
  bool plain = false;

  Transient<UniqueFd> input;

  /// Throws Refusal for fields that do not fit together, and for a mode that there is not.
  void check() const;
  void early(SetupState& state, Dispatcher& k);
  void apply(SetupState& state, Dispatcher& k);
  void redact() { content.assign(content.size(), '*'); }
  std::string describe() const;
  std::vector<int> descriptors() const;
  bool operator==(const File&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(path, content, mode, writable, descriptor, plain);
  }
};

}  // namespace kekkai::ops
