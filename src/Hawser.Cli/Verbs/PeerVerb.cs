using System.CommandLine;
using Hawser.Net.Control;

namespace Hawser.Cli.Verbs;

/// <summary><c>peer</c>: contacts and their names.</summary>
internal static class PeerVerb
{
    private static readonly Argument<string> Peer = Verb.Required("PEER", "a contact's name, ID or key");
    private static readonly Argument<string> Card = Verb.Required("CARD", "what their hawser peer card prints, a routing ID, a file with a card or a deed (- for stdin), or HOST:PORT#KEY");
    private static readonly Argument<string> NewName = Verb.Required("NAME", "the name to give");
    private static readonly Option<string?> As = new("--as") { HelpName = "NAME", Description = "what to call them" };
    private static readonly Option<bool> Off = new("--off") { Description = "answer them again" };
    private static readonly Option<bool> Qr = new("--qr") { Description = "as a picture for a camera" };

    public static Verb Create() => new Verb("peer", "contacts and their names; card prints mine",
        "hawser peer", "hawser peer card", "hawser peer add hawser:peer/… --as pi", "hawser peer name pi attic").With(
        new Verb("list", "all contacts").Does(ListAsync),
        new Verb("show", "one contact").With(Peer).Does(call => Report(call, "peer show", new NameArgs(call.Required(Peer)), contact => Show(call, contact))),
        new Verb("add", "make a contact of a card", "hawser peer add hawser:peer/… --as pi", "hawser peer add 0a9-jj39f7a --as pi", "hawser peer add pi.deed --as pi", "hawser peer add 192.0.2.7:65430#KEY --as pi").With(Card, As).Does(AddAsync),
        new Verb("name", "call a contact something else").With(Peer, NewName)
            .Does(call => Report(call, "peer name", new PeerNameArgs(call.Required(Peer), call.Required(NewName)), contact => call.Screen.Say($"called {contact.Petname} now"))),
        new Verb("block", "answer a contact no longer, or again", "hawser peer block pi", "hawser peer block pi --off").With(Peer, Off)
            .Does(call => Report(call, "peer block", new PeerBlockArgs(call.Required(Peer), !call.Get(Off)),
                contact => call.Screen.Say(contact.Blocked ? $"{contact.Petname} is blocked" : $"{contact.Petname} is answered again"))),
        new Verb("follow", "take the new owner of a contact's ID for the contact", "hawser peer follow pi").With(Peer).Does(FollowAsync),
        new Verb("remove", "forget a contact").With(Peer).Does(RemoveAsync),
        new Verb("card", "print my own card", "hawser peer card", "hawser peer card --qr").With(Qr).Does(CardAsync)).Does(ListAsync);

    private static Task ListAsync(VerbCall call) => call.Table<NoArgs, PeerReport>("peer list", Needs.Store, new(),
        "no contacts yet; as in: hawser peer add CARD --as NAME", ["name", "id", "key", "address", ""],
        contact => [contact.Petname, contact.Id, contact.ChannelKey, contact.Addresses is [var first, ..] ? first : null, contact.Blocked ? "blocked" : contact.ChangedHands ? "ID changed hands" : ""]);

    private static async Task AddAsync(VerbCall call)
    {
        var card = call.Required(Card);
        if (card == "-" || File.Exists(card)) card = (await Inputs.ReadTextAsync(card, call.Cancel)).Trim();
        await Report(call, "peer add", new PeerAddArgs(card, call.Get(As)),
            contact => call.Screen.Say($"{contact.Petname} is a contact now{(contact.Note is { } note ? $"; {note}" : "")}"));
    }

    private static Task Report<TArgs>(VerbCall call, string verb, TArgs args, Action<PeerReport> show)
        where TArgs : class => call.Report(verb, Needs.Store, args, show);

    private static void Show(VerbCall call, PeerReport contact) => call.Screen.Fields(("name", contact.Petname), ("id", contact.Id),
        ("key", contact.ChannelKey), ("chain key", contact.ChainKey), ("addresses", string.Join(", ", contact.Addresses)), ("hubs", string.Join(", ", contact.Hubs)),
        ("blocked", contact.Blocked ? "yes" : null),
        ("", contact.ChangedHands ? "the ID has a new owner, who is not taken for this contact; if they are: hawser peer follow" : null));

    private static Task FollowAsync(VerbCall call)
    {
        var peer = call.Required(Peer);
        call.Confirm($"whoever owns the ID of {peer} now may use what is exposed to {peer}", peer);
        return call.Report<NameArgs, PeerReport>("peer follow", Needs.Node, new(peer), contact => call.Screen.Say($"{contact.Petname} is the present owner of {contact.Id}"));
    }

    private static Task RemoveAsync(VerbCall call)
    {
        var peer = call.Required(Peer);
        call.Confirm($"{peer} will be forgotten, and may no longer use what is exposed to them by name", peer);
        return Report(call, "peer remove", new NameArgs(peer), contact => call.Screen.Say($"{contact.Petname} is forgotten"));
    }

    private static Task CardAsync(VerbCall call) => call.Report<NoArgs, CardReport>("peer card", Needs.Store, new(), card =>
    {
        if (call.Get(Qr)) call.Screen.Data(QrPicture.Of(card.Card));
        call.Screen.Data(card.Card);
    });
}
