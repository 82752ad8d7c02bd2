// Writes all that is made of the options: manual pages, completions, the JSON schema.
//
//     kekkai-generate SOURCES FOLDER [NAME=TEXT...]
//
// SOURCES is the checkout, FOLDER what is installed as share; "@NAME@" in a manual page becomes
// TEXT.
#include "../files.h"
#include "completions.h"
#include "manual.h"
#include "schema.h"
#include "template.h"

#include <fmt/format.h>
#include <stdio.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace cli = kekkai::cli;
namespace fs = std::filesystem;

namespace {

using Texts = std::map<std::string, std::string>;

void write_file(const fs::path& path, const std::string& content) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << content;
  file.flush();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

void write_pages(const std::string& sources, const fs::path& folder, Texts texts) {
  texts["VERSION"] = KEKKAI_VERSION;
  texts["RULES"] = cli::manual_rules();
  const auto page = [&](const std::string& name, const std::string& options) {
    texts["OPTIONS"] = options;
    const std::string text = cli::read_file(sources + "/docs/man/" + name + ".in");
    write_file(folder / ("man" + name.substr(name.size() - 1)) / name,
               cli::fill_template(text, texts));
  };
  page("kekkai.1", cli::manual_options());
  page("kekkai-bwrap.1", cli::manual_bwrap());
  page("kekkai-doctor.1", "");
  page("kekkai-seccomp.1", cli::manual_presets());
  page("kekkai.json.5", cli::manual_fields());
  page("kekkai-init.8", "");
}

void write_completions(const std::string& sources, const fs::path& folder) {
  const auto completion = [&](const std::string& name, const Texts& texts, const char* path) {
    const std::string text = cli::read_file(sources + "/cli/generate/completions/" + name + ".in");
    write_file(folder / path, cli::fill_template(text, texts));
  };
  completion("kekkai.bash", cli::bash_texts(), "bash-completion/completions/kekkai");
  completion("_kekkai", cli::zsh_texts(), "zsh/site-functions/_kekkai");
  completion("kekkai.fish", cli::fish_texts(), "fish/vendor_completions.d/kekkai.fish");
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 2) {
    fmt::print(stderr, "Usage: kekkai-generate SOURCES FOLDER [NAME=TEXT...]\n");
    return 2;
  }
  Texts texts;
  for (size_t i = 2; i < words.size(); ++i) {
    const size_t equals = std::min(words[i].find('='), words[i].size());
    texts[words[i].substr(0, equals)] = words[i].substr(std::min(equals + 1, words[i].size()));
  }
  try {
    const fs::path folder(words[1]);
    write_pages(words[0], folder / "man", std::move(texts));
    write_completions(words[0], folder);
    write_file(folder / "kekkai/kekkai.schema.json", cli::config_schema());
  } catch (const std::exception& e) {
    fmt::print(stderr, "kekkai-generate: {}\n", e.what());
    return 1;
  }
  return 0;
}
