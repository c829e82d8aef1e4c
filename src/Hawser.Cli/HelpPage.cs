using System.CommandLine;
using System.CommandLine.Invocation;

namespace Hawser.Cli;

/// <summary>What <c>--help</c> prints: usage, parts, examples.</summary>
internal sealed class HelpPage : SynchronousCommandLineAction
{
    private const int Indent = 2;
    private const int Left = 34;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        Write(parseResult, parseResult.CommandResult.Command);
        return 0;
    }

    public static void Write(ParseResult parsed, Command command)
    {
        var output = parsed.InvocationConfiguration.Output;
        output.WriteLine($"{PathOf(command)}: {command.Description}");
        output.WriteLine();
        output.WriteLine($"usage: {Usage(command)}");
        if (command is RootCommand root) WriteVerbs(output, root);
        else Section(output, "verbs", command.Subcommands.Where(verb => !verb.Hidden).Select(verb => (Synopsis(verb), verb.Description)));
        Section(output, "arguments", command.Arguments.Select(argument => (argument.HelpName ?? argument.Name, argument.Description)));
        Section(output, "options", command.Options.Where(option => !option.Hidden && !GlobalOptions.All.Contains(option)).Select(Row));
        Section(output, command is RootCommand ? "options of every verb" : "everywhere", GlobalOptions.All.Select(Row));
        if (command is Verb { Examples.Count: > 0 } verb)
        {
            output.WriteLine();
            output.WriteLine("examples:");
            foreach (var example in verb.Examples) output.WriteLine(new string(' ', Indent) + example);
        }
    }

    private static void WriteVerbs(TextWriter output, RootCommand root)
    {
        foreach (var (heading, verbs) in CommandTree.Groups(root))
            Section(output, heading, verbs.Select(verb => (Synopsis(verb), verb.Description)));
        output.WriteLine();
        output.WriteLine("PEER is a routing ID, a contact's name, a hawser: link or HOST:PORT#KEY; PEER/SERVICE names a service.");
        output.WriteLine("begin with: hawser up, hawser VERB --help, or hawser demo to watch the whole job");
    }

    private static void Section(TextWriter output, string heading, IEnumerable<(string Left, string? Right)> rows)
    {
        var listed = rows.ToArray();
        if (listed.Length == 0) return;
        output.WriteLine();
        output.WriteLine(heading + ":");
        foreach (var (left, right) in listed)
        {
            var begin = new string(' ', Indent) + left;
            if (begin.Length >= Left - 1) begin += "\n" + new string(' ', Left);
            output.WriteLine(begin.Contains('\n') ? begin + right : begin.PadRight(Left) + right);
        }
    }

    private static string PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{PathOf(parent)} {command.Name}" : "hawser";

    private static string Usage(Command command)
    {
        var parts = command.Arguments.Select(Placeholder).ToList();
        if (command.Subcommands.Any(verb => !verb.Hidden)) parts.Insert(0, command.Action is null || command is RootCommand ? "VERB" : "[VERB]");
        if (command.Options.Any(option => !option.Hidden && !GlobalOptions.All.Contains(option))) parts.Add("[OPTIONS]");
        return string.Join(' ', parts.Prepend(PathOf(command)));
    }

    private static string Synopsis(Command verb) => string.Join(' ', verb.Arguments.Select(Placeholder).Prepend(verb.Name));

    private static string Placeholder(Argument argument)
    {
        var name = argument.HelpName ?? argument.Name;
        if (argument.Arity.MaximumNumberOfValues > 1) name += "…";
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{name}]" : name;
    }

    private static (string, string?) Row(Option option) =>
        ($"{string.Join(", ", option.Aliases.Where(alias => alias is not "-?").Prepend(option.Name))}{(option.HelpName is { } value ? " " + value : "")}", option.Description);
}
