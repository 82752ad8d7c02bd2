#include <kekkai/init/phases.h>

namespace kekkai {
namespace {

void run_op(Phase phase, Op& op, SetupState& state, Dispatcher& k) {
  switch (phase) {
    case Phase::kEarly:
      return op.early(state, k);
    case Phase::kApply:
      return op.apply(state, k);
    default:
      return op.late(state, k);
  }
}

}  // namespace

std::string progress_text(Phase phase, size_t index, const Op& op) {
  return phase_name(phase) + " op " + std::to_string(index) + " (" + op.describe() + ")";
}

void run_phase(Phase phase, Ops& ops, SetupState& state, Dispatcher& k, const Report& report) {
  for (size_t i = 0; i < ops.size(); ++i) {
    try {
      if (report) report(progress_text(phase, i, ops[i]));
      in_phase(phase, [&] { run_op(phase, ops[i], state, k); });
    } catch (SetupFailure& e) {
      e.failure.op_index = static_cast<int32_t>(i);
      e.failure.op = ops[i].describe();
      throw SetupFailure(e.failure);
    }
  }
}

}  // namespace kekkai
