// What init says when it cannot go on.
#pragma once

#include <kekkai/init/failure.h>
#include <kekkai/syscall/dispatcher.h>

#include <exception>

namespace kekkai {

/// Writes to stderr, for who starts init without a status stream. Where stderr takes nothing nobody
/// is left to be told.
void try_complain(Dispatcher& k, const std::exception& e);

/// Tells the launcher; stderr where it cannot be told, and nobody where it is gone.
void try_report(Dispatcher& k, Fd status, const SetupFailure& failure);

}  // namespace kekkai
