using Hawser.Cli;
using Hawser.Crypto;
using Hawser.Net;
using Hawser.Session;
using Hawser.Tests.Net;
using Xunit;

namespace Hawser.Tests.Cli;

public sealed class QrPictureTests
{
    private static readonly Ticket Invitation = new()
    {
        Host = new(Sha256.Hash("host"u8)), Token = default, Expires = DateTimeOffset.UnixEpoch, Hub = new(Sha256.Hash("hub"u8)), Genesis = Sha256.Hash("genesis"u8),
    };

    [Fact]
    public void An_invitations_code_fits_into_41_columns()
    {
        var lines = QrPicture.Of(TicketCode.Write(Invitation)).TrimEnd('\n').Split('\n');
        Assert.All(lines, line => Assert.InRange(line.Length, 1, 41));
        Assert.Equal(21, lines.Length);
    }

    [Theory, InlineData("x.png", 0x89), InlineData("x.SVG", (byte)'<')]
    public void A_picture_is_written_for_its_owner_alone(string name, byte first)
    {
        using var home = new TempHome();
        home.Home.Create();
        var path = Path.Combine(home.Home.Folder, name);
        QrPicture.RequireKind(path);
        QrPicture.Save(TicketLink.Write(Invitation, SigningKey.Generate(SystemEntropy.Shared)), path);
        Assert.Equal(first, File.ReadAllBytes(path)[0]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void What_is_no_picture_is_said_before_a_ticket_is_made() =>
        Assert.Equal(Reason.Usage, Assert.Throws<HawserException>(() => QrPicture.RequireKind("x.jpg")).Reason);
}
