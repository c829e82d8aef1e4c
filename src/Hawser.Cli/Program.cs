using System.CommandLine;
using Hawser.Cli;
using Hawser.Cli.Verbs;
using Hawser.Net;

// Before anything else is loaded: scripts ask for it.
if (args is ["--version"])
{
    Console.Out.WriteLine(Build.Version);
    return 0;
}

var root = CommandTree.Create();
var parsed = root.Parse(SshVerb.ShieldArguments(args), new ParserConfiguration { ResponseFileTokenReplacer = null });
if (parsed.Action is not HelpPage && (parsed.Errors.Count > 0 || Typo.HasStrayOption(parsed))) return Typo.Report(parsed);
try
{
    return await parsed.InvokeAsync(new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = TimeSpan.FromSeconds(5),
    });
}
catch (HawserException e)
{
    return new Screen(parsed).Fail(e);
}
catch (Exception e)
{
    return new Screen(parsed).Fail(new(Reason.Failed, $"a fault in hawser: {e.GetType().Name}: {e.Message}", "please report it", e));
}
