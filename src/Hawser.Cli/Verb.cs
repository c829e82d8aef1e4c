using System.CommandLine;
using Hawser.Net;

namespace Hawser.Cli;

/// <summary>A verb, with examples for its help page.</summary>
internal sealed class Verb(string name, string description, params string[] examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples { get; } = examples;

    /// <summary>What the verb does; it ends well by returning.</summary>
    public Verb Does(Func<VerbCall, Task> action)
    {
        SetAction(async (parsed, interrupted) =>
        {
            var screen = new Screen(parsed);
            using var cancel = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
            try
            {
                if (parsed.GetValue(GlobalOptions.Timeout) is { } time) cancel.CancelAfter(GlobalOptions.ParseTime(time));
                await action(new VerbCall(parsed, screen, cancel.Token));
                return screen.ExitCode;
            }
            catch (HawserException e)
            {
                return screen.Fail(e);
            }
            catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
            {
                return 130;
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return screen.Fail(new(Reason.TimedOut, $"{Name} took longer than --timeout allows", null));
            }
            catch (DllNotFoundException e)
            {
                return screen.Fail(new(Reason.LibraryMissing, e.Message, "hawser doctor says what else is missing", e));
            }
            catch (IOException e) when (e.Message.Contains("Broken pipe", StringComparison.Ordinal))
            {
                return 0; // whoever read our output has enough
            }
        });
        return this;
    }

    /// <summary>Adds arguments, options and sub-verbs.</summary>
    public Verb With(params Symbol[] parts)
    {
        foreach (var part in parts)
        {
            switch (part)
            {
                case Argument argument: Add(argument); break;
                case Option option: Add(option); break;
                case Command command: Add(command); break;
                default: throw new ArgumentException("a verb has none of these", nameof(parts));
            }
        }

        return this;
    }

    public static Argument<string> Required(string name, string description) =>
        new(name) { Description = description, HelpName = name };

    public static Argument<string?> Optional(string name, string description) =>
        new(name) { Description = description, HelpName = name, Arity = ArgumentArity.ZeroOrOne };
}
