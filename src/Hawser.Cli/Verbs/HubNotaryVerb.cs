using System.CommandLine;
using Hawser.Net.Control;

namespace Hawser.Cli.Verbs;

/// <summary><c>hub notary</c>: what verifiers have to know of this hub as a notary.</summary>
internal static class HubNotaryVerb
{
    private static readonly Option<bool> Revoke = new("--revoke") { Description = "make all its keys void and draw new ones: when one may be stolen" };

    public static Verb Create() => new Verb("notary", "the name by which others believe this hub's statements, and its keys", "hawser hub notary", "hawser hub notary --revoke").With(Revoke).Does(ShowAsync);

    private static Task ShowAsync(VerbCall call)
    {
        if (call.Get(Revoke)) call.Confirm("every key that this notary signs with becomes void", "revoke");
        return call.Report<HubNotaryArgs, HubNotaryReport>("hub notary", Needs.Hub, new(call.Get(Revoke)), notary =>
        {
            call.Screen.Data(notary.Pin);
            foreach (var key in notary.Keys)
                call.Screen.Say($"key {key.Kid} signs from {Screen.Time(key.From)} until {Screen.Time(key.Until)}");
        });
    }
}
