// Compiles the filters that most sandboxes need at build time, so that a start need not: every
// preset as it is, and strict with every set of options.
#include <kekkai/seccomp-presets/presets.h>

#include <stdio.h>

#include <vector>

using namespace kekkai::seccomp;  // NOLINT: a program of one file

namespace {

std::vector<Selection> selections() {
  std::vector<Selection> all;
  for (unsigned presets = 0; presets < 32; ++presets) all.push_back({Preset{presets}, {}});
  for (unsigned set = 1; set < 16; ++set) {
    const Options options{(set & 1) != 0, (set & 2) != 0, (set & 4) != 0, (set & 8) != 0};
    if (options.multiarch && !sibling_of(kNativeArch)) continue;
    all.push_back({Preset::kStrict, options});
  }
  return all;
}

}  // namespace

int main() {
  std::vector<size_t> sizes;
  ::puts("constexpr sock_filter kInstructions[] = {");
  for (const Selection& selection : selections()) {
    const Program program = compile(preset_policy(selection));
    sizes.push_back(program.size());
    for (const sock_filter& i : program) ::printf("{%u,%u,%u,%uU},", i.code, i.jt, i.jf, i.k);
    ::puts("");
  }
  ::puts("};\nconstexpr Precompiled kPrecompiled[] = {");
  size_t first = 0;
  auto size = sizes.begin();
  for (const auto& [presets, o] : selections()) {
    ::printf("{{Preset{%u}, {%d, %d, %d, %d}}, %zu, %zu},\n", static_cast<unsigned>(presets),
             o.multiarch, o.linux32, o.can, o.bluetooth, first, *size);
    first += *size++;
  }
  ::puts("};");
  return ::fflush(stdout) == 0 ? 0 : 1;
}
