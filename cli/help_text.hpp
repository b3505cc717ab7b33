#pragma once
// How `--help` looks: what it is, how to call it, examples, options.

#include <memory>

namespace CLI {
class FormatterBase;
}

namespace ropewalk::cli {

std::shared_ptr<CLI::FormatterBase> help_formatter();

} // namespace ropewalk::cli
