using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using Hawser.Net;

namespace Hawser.Cli;

/// <summary>The options that every verb takes: cli.md §1.</summary>
internal static class GlobalOptions
{
    public static readonly Option<string?> Home = new("--home") { Recursive = true, HelpName = "DIR", Description = "the home to use instead of $HAWSER_HOME or ~/.local/share/hawser" };
    public static readonly Option<bool> Json = new("--json") { Recursive = true, Description = "print one JSON object a line" };
    public static readonly Option<bool> Quiet = new("--quiet", "-q") { Recursive = true, Description = "print data and errors only" };
    public static readonly Option<bool> Yes = new("--yes", "-y") { Recursive = true, Description = "answer yes where something cannot be undone" };
    public static readonly Option<string?> Timeout = new("--timeout") { Recursive = true, HelpName = "TIME", Description = "give up after that: 30s, 5m, 2h" };
    public static readonly HelpOption Help = new("--help", "-h", "-?") { Recursive = true, Description = "show this", Action = new HelpPage() };

    /// <summary>Of the verbs that speak for a person; not of all.</summary>
    public static readonly Option<string?> User = new("--user") { HelpName = "NAME", Description = "who of this home's users; without, the first" };

    public static readonly Option[] All = [Home, Json, Quiet, Yes, Timeout, Help];

    /// <summary>Reads 90, 30s, 5m, 2h or 2d.</summary>
    public static TimeSpan ParseTime(string text)
    {
        var unit = text.Length > 0 && char.IsAsciiLetter(text[^1]) ? text[^1] : 's';
        var seconds = unit switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, _ => 0 };
        if (seconds > 0 && double.TryParse(text.TrimEnd(unit), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
            && count > 0 && count * seconds < int.MaxValue / 1000)
            return TimeSpan.FromSeconds(count * seconds);
        throw new HawserException(Reason.Usage, $"{text} is no time", "write it as in 30s, 5m or 2h");
    }
}
