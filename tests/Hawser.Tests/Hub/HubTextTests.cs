using System.Text;
using System.Text.Json;
using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Hub;

public class HubTextTests
{
    private static readonly JsonElement Vectors = Read();

    [Fact]
    public void Card_and_link_are_those_of_the_vectors()
    {
        var card = new HubCard
        {
            Name = "harbour", Url = "https://hub.example.org", At = HostPort.Read([192, 0, 2, 1], 65430),
            AdminKey = Key("adminSeed").Public, ChannelKey = new(Bytes("channelKey")), Genesis = Bytes("genesis"),
        }.SignWith(Key("adminSeed"));
        Assert.Equal(Text("card"), Encoding.UTF8.GetString(card.Write()));
        Assert.Equal(Text("link"), card.Link);
        Assert.True(HubCard.TryParse(Text("link"), out var read));
        Assert.Equal(card, read);
        Assert.True(HubCard.TryParse(Text("cardWithoutFederation"), out var alone));
        Assert.Null(alone.Genesis);
    }

    [Fact]
    public void Sign_on_grant_and_mark_are_those_of_the_vectors()
    {
        var admin = Admin();
        var request = SignOnRequest.Sign(Bytes("genesis"), admin, Key("userSeed"), new(Bytes("channelKey")));
        Assert.Equal(Text("signOn"), Encoding.UTF8.GetString(request.Write()));
        Assert.True(SignOnRequest.TryRead(request.Write(), out var readRequest));
        Assert.Equal(request, readRequest);

        var grant = SignOnGrant.Sign(Bytes("genesis"), admin, Key("adminSeed"), Key("userSeed").Public, Key("ownSeed").Public);
        Assert.Equal(Text("grant"), Encoding.UTF8.GetString(grant.Write()));
        Assert.True(SignOnGrant.TryRead(grant.Write(), out var readGrant) && readGrant.IsSignedBy(Key("adminSeed").Public));
        Assert.False(readGrant.IsSignedBy(Key("userSeed").Public));

        var body = Encoding.UTF8.GetBytes(Text("markedBody"));
        Assert.Equal(Text("mark"), SignOnMark.Sign(Bytes("genesis"), admin, Key("userSeed"), body).ToString());
        Assert.True(SignOnMark.TryParse(Text("mark"), out var mark) && mark.IsFor(Bytes("genesis"), admin, body));
        Assert.False(mark.IsFor(Bytes("genesis"), admin, body.AsSpan(1)));
    }

    [Fact]
    public void What_the_vectors_reject_is_rejected()
    {
        foreach (var reject in Vectors.GetProperty("rejects").EnumerateArray())
        {
            var text = reject.GetProperty("text").GetString()!;
            var bytes = Encoding.UTF8.GetBytes(text);
            Assert.False(reject.GetProperty("kind").GetString() switch
            {
                "card" => HubCard.TryParse(text, out _),
                "signOn" => SignOnRequest.TryRead(bytes, out _),
                "grant" => SignOnGrant.TryRead(bytes, out _),
                _ => SignOnMark.TryParse(text, out _),
            }, reject.GetProperty("why").GetString());
        }
    }

    private static RoutingId Admin() =>
        RoutingId.TryParseCanonical(Encoding.ASCII.GetBytes(Text("admin")), out var admin) ? admin : throw new InvalidDataException();

    private static string Text(string name) => Vectors.GetProperty(name).GetString()!;

    private static Bytes32 Bytes(string name) => Bytes32.Read(Convert.FromHexString(Text(name)));

    private static SigningKey Key(string name) => new(Bytes(name));

    private static JsonElement Read()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Hawser.slnx"))) folder = Path.GetDirectoryName(folder)!;
        return JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "docs/spec/vectors/hub-http.json"))).RootElement;
    }
}
