using System.CommandLine;
using Hawser.Net;

namespace Hawser.Cli.Verbs;

/// <summary><c>completion</c>: lines for a shell's start-up file.</summary>
internal static class CompletionVerb
{
    private static readonly Argument<string> Shell = Verb.Required("SHELL", "bash, zsh or fish");

    public static Verb Create() => new Verb("completion", "print what makes a shell complete hawser's words",
        "source <(hawser completion bash)", "hawser completion fish > ~/.config/fish/completions/hawser.fish").With(Shell).Does(call =>
    {
        call.Screen.Data(call.Required(Shell) switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            "fish" => Fish,
            var other => throw new HawserException(Reason.Usage, $"{other} is no shell that this knows", "bash, zsh or fish"),
        });
        return Task.CompletedTask;
    });

    // The program itself answers [suggest:POSITION], so that these need not change with the verbs.
    private const string Bash = """
        _hawser() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _hawser hawser ./hawser
        """;

    private const string Zsh = """
        _hawser() {
            local -a words_of_it
            words_of_it=("${(@f)$(${words[1]} "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            compadd -a words_of_it || _files
        }
        compdef _hawser hawser
        """;

    private const string Fish = """
        complete -c hawser -a '(hawser "[suggest:"(commandline -C)"]" (commandline) 2>/dev/null)'
        """;
}
