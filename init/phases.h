#pragma once

#include <kekkai/init/failure.h>
#include <kekkai/ops/ops.h>
#include <kekkai/ops/setup_state.h>
#include <kekkai/syscall/dispatcher.h>

#include <functional>
#include <string>

namespace kekkai {

using Report = std::function<void(const std::string&)>;

/// What is told of an op before a phase of it runs: "apply op 3 (bind /srv/data on /data)".
std::string progress_text(Phase phase, size_t index, const Op& op);

/// Runs one phase (kEarly, kApply, kLate) of every op, in order. What an op throws becomes a
/// SetupFailure that names it. `report`, where there is one, is told of each op before it runs.
void run_phase(Phase phase, Ops& ops, SetupState& state, Dispatcher& k, const Report& report);

}  // namespace kekkai
