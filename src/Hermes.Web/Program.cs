using Hermes.Infrastructure;
using Hermes.Web.Shared;

var builder = WebApplication.CreateBuilder(args);
await builder.AddDatabaseAsync();
builder.Services.AddHermes(builder.Configuration);
builder.Services.AddHermesWeb(builder.Configuration);

var app = builder.Build();
await app.PrepareDatabaseAsync();
app.UseHermesWeb();
await app.RunAsync();

/// <summary>The web application; named so that tests can start it.</summary>
public partial class Program;
