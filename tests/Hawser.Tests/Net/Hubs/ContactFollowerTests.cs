using Hawser.Crypto;
using Hawser.Net.Hosting;
using Hawser.Net.Hubs;
using Hawser.Net.Store;
using Hawser.Tests.Sim;
using Xunit;

namespace Hawser.Tests.Net.Hubs;

public sealed class ContactFollowerTests : IDisposable
{
    private const string Id = "0a9jj39f7a";
    private readonly TempHome _folder = new();
    private readonly NodeStore _store;
    private readonly SimRandom _random = new(5);
    private readonly VerifyKey _owner, _buyer;
    private readonly DhPublicKey _key, _next;

    public ContactFollowerTests()
    {
        _folder.Home.Create();
        _store = NodeStore.Open(_folder.Home);
        (_owner, _buyer) = (SigningKey.Generate(_random).Public, SigningKey.Generate(_random).Public);
        (_key, _next) = (DhKeyPair.Generate(_random).Public, DhKeyPair.Generate(_random).Public);
    }

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    private static Contact Pi(DhPublicKey? key) => new("pi", key, Id, [], [], false, DateTimeOffset.UnixEpoch);

    private Contact Kept(Contact contact)
    {
        _store.SaveContact(contact);
        return _store.FindContact("pi")!;
    }

    [Fact]
    public void The_first_look_pins_who_owns_the_ID()
    {
        var contact = Kept(ContactFollower.Follow(Pi(null), _owner, _key));
        Assert.Equal((_owner, _key), (contact.ClaimKey, contact.ChannelKey));
        Assert.True(new RuleBook(_store).Identify(_key, null)!.Value.IsContact);
    }

    [Fact]
    public void A_card_that_names_an_ID_which_its_key_does_not_hold_is_not_followed()
    {
        var contact = ContactFollower.Follow(Pi(_next), _owner, _key);
        Assert.Equal((null, _next), (contact.ClaimKey, contact.ChannelKey));
    }

    [Fact]
    public void A_new_key_of_the_same_owner_is_taken_and_the_old_one_refused()
    {
        var contact = Kept(ContactFollower.Follow(ContactFollower.Follow(Pi(null), _owner, _key), _owner, _next));
        Assert.Equal(_next, contact.ChannelKey);
        var rules = new RuleBook(_store);
        Assert.True(rules.Identify(_next, null)!.Value.IsContact);
        Assert.False(rules.Identify(_key, null)!.Value.IsContact);
    }

    [Fact]
    public void A_new_owner_is_not_taken_for_the_contact_nor_is_the_old_one()
    {
        var contact = Kept(ContactFollower.Follow(ContactFollower.Follow(Pi(null), _owner, _key), _buyer, _next));
        Assert.Equal((_owner, _buyer, _key), (contact.ClaimKey, contact.NewOwner, contact.ChannelKey));
        _store.SaveExposure(new("ssh", "tcp:127.0.0.1:22", ["pi"]));
        var rules = new RuleBook(_store);
        Assert.False(rules.Identify(_key, null)!.Value.IsContact);
        Assert.False(rules.Identify(_next, null)!.Value.IsContact);
        Assert.False(rules.IsStill(Id, _buyer));
        Assert.Contains("peer follow pi", ContactFollower.ChangedHands(contact).Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Until_the_change_is_noticed_a_caller_is_held_against_who_owned_the_ID_before()
    {
        Kept(ContactFollower.Follow(Pi(null), _owner, _key));
        var rules = new RuleBook(_store);
        Assert.True(rules.IsStill(Id, _owner));
        Assert.False(rules.IsStill(Id, _buyer));
        Assert.True(rules.IsStill("0a9jj39f7b", _buyer));
    }
}
