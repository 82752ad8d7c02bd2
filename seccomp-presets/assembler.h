// Puts a BPF program together from its end, because its jumps only go forward.
#pragma once

#include <kekkai/seccomp-presets/rules.h>

#include <cstddef>
#include <map>

namespace kekkai::seccomp {

/// A place in the program, counted from its end.
using Label = size_t;

class Assembler {
 public:
  /// Each goes in front of what is there, and its label comes back.
  Label load(uint32_t offset) { return put(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)); }
  Label mask(uint32_t bits) { return put(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, bits)); }
  /// `comparison` is BPF_JEQ, BPF_JGT, BPF_JGE or BPF_JSET.
  Label jump(uint16_t comparison, uint32_t value, Label yes, Label no);
  /// Returns this answer. May be a place that is there already.
  Label answer(const Answer& answer);

  /// The program. Throws FilterError where it is longer than the kernel accepts.
  Program finish() const;

 private:
  Label put(sock_filter instruction) {
    reversed_.push_back(instruction);
    return reversed_.size() - 1;
  }
  Label in_reach(Label target);

  Program reversed_;
  std::map<uint32_t, Label> answers_;  // the foremost place of each
};

}  // namespace kekkai::seccomp
