#pragma once

#include "doctor.h"

#include <string>
#include <vector>

namespace kekkai::cli {

/// Whether all works that is required.
bool is_healthy(const std::vector<Examined>& examined);

/// A table for people; with `colour` what fails is marked in bold red.
std::string doctor_text(const std::vector<Examined>& examined, bool colour);
/// One line of JSON; docs/man/kekkai-doctor.1.in tells its keys.
std::string doctor_json(const std::vector<Examined>& examined);

}  // namespace kekkai::cli
