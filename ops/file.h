#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/syscall/paths.h>

#include <cstdint>
#include <string>

namespace kekkai::ops {

/// A file with the given content. It lives in memory and is gone with the container.
struct File {
  ContainerPath path;
  std::string content;  ///< Any bytes.
  uint32_t mode = 0644;
  bool writable = false;  ///< Whether the program may write to it, as far as `mode` lets it.

  void apply(SetupState& state, Dispatcher& k) const;
  void redact() { content.assign(content.size(), '*'); }
  std::string describe() const { return "file " + path.str(); }
  bool operator==(const File&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(path, content, mode, writable);
  }
};

}  // namespace kekkai::ops
