using System.CommandLine;
using System.CommandLine.Parsing;
using Hawser.Net;

namespace Hawser.Cli;

/// <summary>What to say of a command line that makes no sense.</summary>
internal static class Typo
{
    public static int Report(ParseResult parsed)
    {
        var screen = new Screen(parsed);
        var command = parsed.CommandResult.Command;
        var verb = NameOf(parsed.CommandResult);
        var wrong = StrayOption(parsed) ?? (parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null);
        if (wrong is null) return screen.Fail(new(Reason.Usage, Missing(verb, parsed) ?? Sentence(parsed.Errors[0].Message), $"see: {verb} --help"));

        var known = wrong.StartsWith('-')
            ? command.Options.SelectMany(option => option.Aliases.Prepend(option.Name)).Concat(GlobalOptions.All.Select(option => option.Name))
            : command.Subcommands.Select(sub => sub.Name);
        var near = known.Distinct().Where(name => Distance(name, wrong) <= (name.Length <= 4 ? 1 : 2)).Take(3).ToArray();
        var message = command is RootCommand && !wrong.StartsWith('-') ? $"there is no verb {wrong}"
            : wrong.StartsWith('-') ? $"{verb} has no option {wrong}"
            : command.Subcommands.Count > 0 && command.Arguments.Count == 0 ? $"{verb} has no verb {wrong}"
            : $"{verb} does not know what to do with {wrong}";
        return screen.Fail(new(Reason.Usage, message, near.Length > 0 ? $"did you mean {string.Join(" or ", near)}?" : $"see: {verb} --help"));
    }

    // With the verbs that it is one of.
    private static string NameOf(CommandResult result) => result.Parent is CommandResult parent ? $"{NameOf(parent)} {result.Command.Name}" : "hawser";

    private static string? Missing(string verb, ParseResult parsed) =>
        parsed.Errors[0].SymbolResult is ArgumentResult { Tokens.Count: 0, Argument: { Arity.MinimumNumberOfValues: > 0 } argument }
            ? $"{verb["hawser ".Length..]} needs {argument.HelpName ?? argument.Name}: {argument.Description}" : null;

    /// <summary>Whether an option that the verb does not have was taken for an argument.</summary>
    public static bool HasStrayOption(ParseResult parsed) => StrayOption(parsed) is not null;

    // After -- everything is an argument.
    private static string? StrayOption(ParseResult parsed) => parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash)
        ? null
        : parsed.CommandResult.Tokens.Select(token => token.Value).FirstOrDefault(value => value.Length > 1 && value[0] == '-');

    /// <summary>Insertions, removals, replacements and exchanges of neighbours between two words.</summary>
    public static int Distance(string a, string b)
    {
        var costs = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    costs[i, j] = i + j;
                    continue;
                }

                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                costs[i, j] = Math.Min(costs[i - 1, j - 1] + cost, Math.Min(costs[i - 1, j], costs[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    costs[i, j] = Math.Min(costs[i, j], costs[i - 2, j - 2] + 1);
            }
        }

        return costs[a.Length, b.Length];
    }

    private static string Sentence(string message)
    {
        var text = message.TrimEnd('.');
        return text.Length == 0 ? text : char.ToLowerInvariant(text[0]) + text[1..];
    }
}
