using Hermes.Application.Notifications;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Infrastructure.Shared;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Hermes.Infrastructure.Notifications.Mails;

internal sealed class MailModule : IModule
{
    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<MailSignal>();
        services.AddScoped<IMailbox, Mailbox>();
        services.AddSingleton(sp => new MailFolder(Path.Combine(
            sp.GetRequiredService<IHostEnvironment>().ContentRootPath, sp.GetRequiredService<InstallationSettings>().DataFolder, "mail")));
        services.AddSingleton<IMailSender>(sp => sp.GetRequiredService<MailSettings>() is { Host.Length: > 0 }
            ? ActivatorUtilities.CreateInstance<SmtpMailSender>(sp)
            : ActivatorUtilities.CreateInstance<FileMailSender>(sp));
        services.AddSingleton<IWrittenMail, WrittenMailFolder>();
        services.AddHostedService<MailDelivery>();
    }
}
