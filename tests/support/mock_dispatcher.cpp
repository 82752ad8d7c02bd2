#include "mock_dispatcher.h"

namespace kekkai::testing {

// Here, and not in every file that mocks: the compiler takes seconds for them.
MockDispatcher::MockDispatcher() = default;
MockDispatcher::~MockDispatcher() = default;

}  // namespace kekkai::testing
