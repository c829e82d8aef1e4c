using Hawser.Net;
using Hawser.Net.Control;

namespace Hawser.Cli.Verbs;

/// <summary><c>down</c>: stop what runs on a home.</summary>
internal static class DownVerb
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    public static Verb Create() => new Verb("down", "stop the node of this home, and its service",
        "hawser down", "hawser down --home /srv/hub   # a hub's home too").Does(RunAsync);

    private static async Task RunAsync(VerbCall call)
    {
        var unit = SystemdUnit.For(call.Home, call.Home.IsHub);
        var hadService = await unit.RemoveAsync(call);
        try
        {
            DownReport? stopped = null;
            await foreach (var item in call.Items<NoArgs, DownReport>("down", Needs.Running, new())) stopped = item;
            await GoneAsync(call);
            if (call.Screen.IsJson) call.Screen.Json(stopped!);
            call.Screen.Say($"stopped process {stopped!.Pid}");
        }
        catch (HawserException e) when (hadService && e.Reason == Reason.NotRunning)
        {
            call.Screen.Say("stopped the service");
        }
    }

    // Down means that the next up finds the home free.
    private static async Task GoneAsync(VerbCall call)
    {
        for (var start = DateTimeOffset.UtcNow; DateTimeOffset.UtcNow - start < Patience; await Task.Delay(20, call.Cancel))
        {
            try
            {
                call.Home.Lock().Dispose();
                return;
            }
            catch (HawserException e) when (e.Reason == Reason.HomeInUse)
            {
                // It still tidies up.
            }
        }

        throw new HawserException(Reason.TimedOut, $"process {call.Home.Holder()} was told to stop and still runs", "end it with kill");
    }
}
