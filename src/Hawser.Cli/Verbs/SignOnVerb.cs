using System.CommandLine;
using Hawser.Net.Control;

namespace Hawser.Cli.Verbs;

/// <summary><c>signon</c> and <c>signoff</c>: use an admin's hub, or stop.</summary>
internal static class SignOnVerb
{
    private static readonly Argument<string> Hub = Verb.Required("HUB", "the link that the admin gave out, or its https: address");
    private static readonly Argument<string> Name = Verb.Required("HUB", "its name, as hawser status shows it");

    public static Verb Create() => new Verb("signon", "use an admin's hub: pin its federation, exchange keys",
        "hawser signon hawser:hub/…      # link from the admin", "hawser signon https://hub.example.org").With(Hub).Does(call =>
        call.Report<NameArgs, SignOnReport>("signon", Needs.Node, new(call.Required(Hub)), report =>
        {
            call.Screen.Fields(("hub", report.Hub), ("address", report.Url), ("federation", report.Genesis), ("admins", FederationVerb.Admins(report.Admins, report.Tolerated)),
                ("fingerprint", report.Fingerprint), ("", report.Test ? "a test federation: its clock runs fast, its names are worth nothing" : null));
            if (report.SignedOn) call.Screen.Say("signed on; compare the fingerprint with what the admin says");
        }));

    public static Verb CreateOff() => new Verb("signoff", "stop using a hub", "hawser signoff harbour").With(Name).Does(call =>
    {
        var name = call.Required(Name);
        call.Confirm($"the account with {name} will be disregarded by this node", name);
        return call.Report<NameArgs, SignOnReport>("signoff", Needs.Store, new(name), report => call.Screen.Say($"signed off from {report.Hub}"));
    });
}
